"""What every test relies on: errors speak English, whatever the language of the computer."""

import os

os.environ["EXPOSURE_LANG"] = "en"
