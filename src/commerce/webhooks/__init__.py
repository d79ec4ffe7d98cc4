"""The door through which payment gateways tell us what happened."""
