exec paddock-check 1
