"""`python -m yunheng` is the command `yunheng`."""

from yunheng.interfaces.cli.main import main

raise SystemExit(main())
