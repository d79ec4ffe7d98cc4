"""Everything that changes domains. One file per verb family; import the verbs from here."""

from commerce.domains.actions.records import (
    change_price,
    choose_nameservers,
    choose_registrar,
    create_domain,
    mark_sent,
    set_auto_renew,
    set_lock,
    set_nameservers,
    set_privacy,
)
from commerce.domains.actions.states import (
    cancel_domain,
    confirm_registration,
    enter_redemption,
    expire_domain,
    move_domain,
    release_from_fraud,
    renew_domain,
    start_transfer,
    stop_as_fraud,
    transfer_away,
)
from commerce.domains.actions.tlds import import_tlds, set_tld, set_tld_price, switch_tlds

__all__ = [
    "cancel_domain",
    "change_price",
    "choose_nameservers",
    "choose_registrar",
    "confirm_registration",
    "create_domain",
    "enter_redemption",
    "expire_domain",
    "import_tlds",
    "mark_sent",
    "move_domain",
    "release_from_fraud",
    "renew_domain",
    "set_auto_renew",
    "set_lock",
    "set_nameservers",
    "set_privacy",
    "set_tld",
    "set_tld_price",
    "start_transfer",
    "stop_as_fraud",
    "switch_tlds",
    "transfer_away",
]
