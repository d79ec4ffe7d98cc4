from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("hosting", "0003_remote_ids")]

    operations = [
        migrations.AddField(
            model_name="server",
            name="group",
            field=models.CharField(max_length=100, blank=True, default="", db_default=""),
        ),
        migrations.AddField(
            model_name="server",
            name="module",
            field=models.CharField(max_length=40, default="manual", db_default="manual"),
        ),
        migrations.AddField(
            model_name="server",
            name="panel_url",
            field=models.CharField(max_length=500, blank=True, default="", db_default=""),
        ),
        migrations.AddField(
            model_name="server",
            name="max_accounts",
            field=models.PositiveIntegerField(default=0, db_default=0),
        ),
        migrations.AddField(
            model_name="server",
            name="ns1",
            field=models.CharField(max_length=253, blank=True, default="", db_default=""),
        ),
        migrations.AddField(
            model_name="server",
            name="ns2",
            field=models.CharField(max_length=253, blank=True, default="", db_default=""),
        ),
        migrations.AddField(
            model_name="server",
            name="ns3",
            field=models.CharField(max_length=253, blank=True, default="", db_default=""),
        ),
        migrations.AddField(
            model_name="server",
            name="ns4",
            field=models.CharField(max_length=253, blank=True, default="", db_default=""),
        ),
    ]
