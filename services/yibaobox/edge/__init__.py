"""Between the wire and the domain: strict JSON, problems, the national envelope, the choice of a world, the journal."""
