"""Where goods find buyers: clearing, accelerators, HBM, the ways around a licence, and settlement."""
