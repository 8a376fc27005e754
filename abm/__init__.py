"""Agent-based market model of AI chips and HBM under export controls."""
