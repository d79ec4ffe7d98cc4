"""What a product offers, line by line; whether it is the most popular one; and its picture."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0002_shared_revision_row"),
    ]

    operations = [
        migrations.CreateModel(
            name="ProductPicture",
            fields=[
                ("name", models.CharField(max_length=80, primary_key=True, serialize=False)),
                ("content", models.BinaryField()),
            ],
        ),
        migrations.AddField(
            model_name="product",
            name="features",
            field=models.TextField(blank=True, db_default="", default=""),
        ),
        migrations.AddField(
            model_name="product",
            name="is_featured",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="product",
            name="picture",
            field=models.CharField(blank=True, db_default="", default="", max_length=80),
        ),
    ]
