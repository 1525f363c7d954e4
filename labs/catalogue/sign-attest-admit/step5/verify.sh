exec paddock-check 5
