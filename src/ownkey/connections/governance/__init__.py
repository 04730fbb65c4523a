"""What administrators and auditors see: who is connected, and what is used."""
