"""What a server with Proxmox VE needs beside hostname and port."""

from django.utils.translation import gettext_lazy as _

from commerce.site_settings.adapter_fields import AdapterField

PROXMOX_FIELDS = (
    AdapterField(
        "token_id",
        _("API token ID"),
        help=_("Such as commerce@pve!billing, under Datacenter → Permissions → API Tokens"),
        required=True,
    ),
    AdapterField(
        "token_secret",
        _("API token secret"),
        help=_("Shown by Proxmox once, when the token is made"),
        required=True,
        secret=True,
    ),
    AdapterField(
        "node",
        _("Node"),
        help=_("Name of the node in the cluster that makes new machines"),
        required=True,
    ),
    AdapterField(
        "template",
        _("Template"),
        help=_(
            "Number of a virtual machine that's a template with a cloud-init drive, such as 9000, or a container "
            "template, such as local:vztmpl/debian-13-standard_13.1-1_amd64.tar.zst"
        ),
        required=True,
        is_of_account=False,
    ),
    AdapterField(
        "storage",
        _("Storage"),
        help=_("Storage for the disks of new machines, such as local-lvm"),
        required=True,
        is_of_account=False,
    ),
    AdapterField(
        "bridge",
        _("Bridge"),
        help=_("Network bridge of new machines, such as vmbr0"),
        required=True,
        is_of_account=False,
    ),
    AdapterField(
        "addresses",
        _("Address pool"),
        help=_(
            "IPv4 addresses for new machines: ranges and networks, such as "
            "198.51.100.10-198.51.100.60, 203.0.113.0/28"
        ),
        required=True,
        is_of_account=False,
    ),
    AdapterField(
        "gateway",
        _("Network gateway"),
        help=_(
            "Gateway of these addresses with the length of their network, such as 198.51.100.1/24"
        ),
        required=True,
        is_of_account=False,
    ),
)
