"""Dylumo as tools for any assistant: an MCP server over stdio and HTTP."""
