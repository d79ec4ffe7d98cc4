"""The staff area for programs (staff-api.md): its lists, records and acts as JSON, behind tokens of its people."""
