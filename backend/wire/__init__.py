"""The contract with the phone. Standard library and dateutil only."""
