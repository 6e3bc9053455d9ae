<?php
/**
 * Takes away what the plugin has stored, on every site of a network.
 *
 * @package Adserver
 */

if ( ! defined( 'WP_UNINSTALL_PLUGIN' ) ) {
	exit;
}

function adserver_uninstall() {
	delete_option( 'adserver' );
	delete_option( 'widget_adserver_slot' );
	delete_transient( 'adserver_slots' );
	delete_transient( 'adserver_typed' );
	delete_post_meta_by_key( '_adserver_off' );
}

if ( is_multisite() ) {
	foreach ( get_sites( array( 'fields' => 'ids', 'number' => 0 ) ) as $adserver_site ) {
		switch_to_blog( $adserver_site );
		adserver_uninstall();
		restore_current_blog();
	}
} else {
	adserver_uninstall();
}
