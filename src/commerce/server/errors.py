"""What errors about ports and the configuration say to a person: the text of each code.

Commands speak English, also before there are settings: their texts are marked, not translated.
"""

from commerce.kit.errors import mark_text as _

ERRORS = {
    "installation.misconfigured": _("The configuration must be changed first."),
    "installation.port_not_allowed": _(
        "Port %(port)s needs more rights: see `Ports below 1024` in docs/operations.md, or "
        "choose another."
    ),
    "installation.port_not_usable": _(
        "Nothing can listen on %(host)s, port %(port)s: %(problem)s."
    ),
    "installation.port_taken": _(
        "Port %(port)s is taken by another program. Choose another one, or stop that program."
    ),
}
