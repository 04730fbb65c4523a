"""The one room that knows which database it is: its files, locks, pragmas, triggers, copies and troubles."""
