"""What a search wishes beside its query: an order, groups, facets, likeness with documents."""

DOORS = ("arranging", "facet_counts", "grouping", "likeness")
