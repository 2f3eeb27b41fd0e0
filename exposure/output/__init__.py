"""What a person reads: charts, report in three formats, workbook, explorer, terminal (出力)."""
