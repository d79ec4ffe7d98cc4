"""Each registrar that is called over a network, with the other end of its adapter."""

from tests.domains.registrars.resellerclub_side import resellerclub_side

SIDES = {
    "resellerclub": resellerclub_side,
}
