"""The electronic credential: activations, codes, face checks, decodings."""
