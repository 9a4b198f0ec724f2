"""The controllers: one class a resource, one method an operation."""
