"""Training that goes on, is measured, shown, stopped and resumed."""
