"""What the comparison of networks is built from: heads, columns, curves over one another, menus."""
