"""Chapter 2: how services are applied for, opened, changed, optimised and given back."""
