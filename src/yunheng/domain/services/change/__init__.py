"""Article 9: changes of services in the covered lane."""
