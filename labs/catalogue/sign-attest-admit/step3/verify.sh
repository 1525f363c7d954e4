exec paddock-check 3
