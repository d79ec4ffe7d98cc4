"""ResellerClub on this machine: a server that behaves as the documentation of LogicBoxes says."""
