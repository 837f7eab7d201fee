"""Pages of docs/reference that follow from the code: nobody edits them by hand."""
