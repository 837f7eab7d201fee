"""Plans as data: parsed, validated, mended, and run step by step."""
