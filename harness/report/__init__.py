"""The report: one HTML file that works offline, and a summary for a pull request. Pure: content to text."""
