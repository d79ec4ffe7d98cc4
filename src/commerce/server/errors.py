"""What errors about ports and the configuration say to a person: the text of each code.

Commands speak English, also before there are settings: their texts are marked, not translated.
"""

from commerce.kit.errors import mark_text as _

ERRORS = {
    "installation.misconfigured": _("Fix the configuration problems above and try again."),
    "installation.port_not_allowed": _(
        'Port %(port)s requires elevated permissions. Choose another port, or see "Ports '
        'below 1024" in docs/operations.md.'
    ),
    "installation.port_not_usable": _("Can't listen on %(host)s, port %(port)s: %(problem)s."),
    "installation.port_taken": _(
        "Port %(port)s is already in use by another program. Choose another port, or stop "
        "that program."
    ),
}
