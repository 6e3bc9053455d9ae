<?php
/**
 * Before every script: WordPress's own files lie where Debian has put them, its settings and content in the tests' folder.
 */

define( 'ABSPATH', getenv( 'SITE_FOLDER' ) . '/' );
