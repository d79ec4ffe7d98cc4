"""Who holds a domain name, as a registry takes it."""

REGISTRANT = {
    "first_name": "Ann",
    "last_name": "Example",
    "company": "",
    "email": "ann@example.org",
    "phone": "+49.301234",
    "address1": "Main Street 1",
    "address2": "",
    "city": "Berlin",
    "state": "",
    "postcode": "10115",
    "country": "DE",
}
