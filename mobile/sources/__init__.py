"""Where measurements come from: files that the patient picks, Bluetooth devices nearby."""
