<?php
/**
 * Plugin Name: What else is true of this WordPress
 */

// WordPress.org, which knows of nothing new.
add_filter(
	'pre_http_request',
	function ( $answer, $arguments, $address ) {
		if ( 'api.wordpress.org' !== wp_parse_url( $address, PHP_URL_HOST ) ) {
			return $answer;
		}
		return array(
			'headers'  => array(),
			'body'     => '{"plugins":[],"no_update":[],"themes":[],"translations":[],"offers":[]}',
			'response' => array( 'code' => 200, 'message' => 'OK' ),
			'cookies'  => array(),
			'filename' => null,
		);
	},
	10,
	3
);
add_filter( 'pre_option_show_avatars', '__return_zero' );
add_filter( 'should_load_remote_block_patterns', '__return_false' );
add_filter(
	'use_block_editor_for_post',
	function () {
		return ! get_option( 'tests_classic_editor' );
	}
);

// What the AMP plugin says of its pages.
function amp_is_request() {
	return isset( $_GET['amp'] );
}

// What the settings page says of the connection, where readers reach the site at this address.
function tests_connection( array $options, string $home ) {
	if ( '' !== $home ) {
		add_filter(
			'home_url',
			function () use ( $home ) {
				return $home;
			}
		);
	}
	return Adserver\connection( $options );
}

// The names of all options, and of all custom fields.
function tests_stored() {
	global $wpdb;
	return array_merge(
		$wpdb->get_col( "select option_name from $wpdb->options where option_name not like '%_transient_timeout_%'" ),
		$wpdb->get_col( "select distinct concat('meta ', meta_key) from $wpdb->postmeta" )
	);
}
