"""The benchmarks: ``python -m tests.benchmarks``. What is measured and how: doc/performance.md."""
