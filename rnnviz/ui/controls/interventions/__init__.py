"""What interventions are made and turned with: switches, sliders, cards and menus."""
