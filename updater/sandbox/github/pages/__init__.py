"""What a browser sees of the embedded GitHub: pages of plain HTML and CSS, without scripts."""
