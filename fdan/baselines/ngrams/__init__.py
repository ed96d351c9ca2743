"""What the words alone reach: n-grams and logistic regression, beside the rows of Tables 1 and 2 that read text."""
