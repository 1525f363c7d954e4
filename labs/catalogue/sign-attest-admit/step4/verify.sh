exec paddock-check 4
