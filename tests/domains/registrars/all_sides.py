"""Each registrar that is called over a network, with the other end of its adapter."""

from tests.domains.registrars.epp_side import epp_side
from tests.domains.registrars.namecheap_side import namecheap_side
from tests.domains.registrars.openprovider_side import openprovider_side
from tests.domains.registrars.opensrs_side import opensrs_side
from tests.domains.registrars.resellerclub_side import resellerclub_side

SIDES = {
    "epp": epp_side,
    "namecheap": namecheap_side,
    "openprovider": openprovider_side,
    "opensrs": opensrs_side,
    "resellerclub": resellerclub_side,
}
