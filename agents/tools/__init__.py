"""Tools that a plan may call, what they yield, and the port to the index behind them."""
