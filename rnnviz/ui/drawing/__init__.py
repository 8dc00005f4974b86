"""Drawing with a painter: text, lines, symbols, numbers on axes; what plots, diagrams and controls share."""
