<?php
/**
 * Calls one of WordPress's functions as its administrator. Standard input has its name and arguments as JSON; so has
 * standard output what it returned.
 */

list( $function, $arguments ) = json_decode( stream_get_contents( STDIN ), true );
if ( 'wp_install' === $function ) {
	define( 'WP_INSTALLING', true );
}
$_SERVER['HTTP_HOST']       = parse_url( getenv( 'SITE_URL' ), PHP_URL_HOST );
$_SERVER['SERVER_PROTOCOL'] = 'HTTP/1.1';
require ABSPATH . 'wp-load.php';
require_once ABSPATH . 'wp-admin/includes/admin.php';
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
if ( 'wp_install' !== $function ) {
	wp_set_current_user( 1 );
}
$answer = $function( ...$arguments );
echo json_encode( is_wp_error( $answer ) ? array( 'error' => $answer->get_error_message() ) : $answer );
