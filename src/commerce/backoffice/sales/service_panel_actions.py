"""The buttons by which staff have the panel of a service asked for something: each is a job, but for the first."""

from commerce.backoffice.base.acts import act_button
from commerce.record_acts.sales import ACCOUNT_ACTS

PANEL_ACTIONS = tuple(map(act_button, ACCOUNT_ACTS))
