exec paddock-check 2
