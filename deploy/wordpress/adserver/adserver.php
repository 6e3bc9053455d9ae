<?php
/**
 * Plugin Name:       adserver
 * Description:       Places the ads of your own ad server: tag, slots, automatic places in articles, block, widget, shortcode.
 * Version:           0.1.0
 * Requires at least: 5.9
 * Requires PHP:      7.4
 * License:           MIT
 * Text Domain:       adserver
 *
 * @package Adserver
 */

namespace Adserver;

if ( ! defined( 'ABSPATH' ) ) {
	exit;
}

const PLUGIN_FILE = __FILE__;
const VERSION     = '0.1.0';

const PARTS = array(
	'markup',
	'placement',
	'options',
	'language',
	'page',
	'connection',
	'check',
	'state',
	'settings',
	'article',
	'block',
	'class-slot-widget',
);
foreach ( PARTS as $part ) {
	require_once __DIR__ . "/includes/$part.php";
}

add_filter( 'gettext_adserver', __NAMESPACE__ . '\translated', 10, 2 );
add_filter( 'gettext_with_context_adserver', __NAMESPACE__ . '\translated', 10, 2 );

add_action( 'wp_head', __NAMESPACE__ . '\print_tag', 1 );
add_filter( 'the_content', __NAMESPACE__ . '\with_slots', 20 );
add_filter( 'the_content_feed', __NAMESPACE__ . '\with_feed_image' );
add_shortcode( 'adserver_slot', __NAMESPACE__ . '\slot_shortcode' );
add_shortcode( 'adserver_views', __NAMESPACE__ . '\views_shortcode' );
add_action( 'init', __NAMESPACE__ . '\register_block' );
add_action( 'init', __NAMESPACE__ . '\register_article_switch' );
add_action(
	'widgets_init',
	function () {
		register_widget( Slot_Widget::class );
	}
);
add_filter( 'widget_types_to_hide_from_legacy_widget_block', __NAMESPACE__ . '\without_our_widget' );

add_action( 'admin_menu', __NAMESPACE__ . '\add_settings_page' );
add_action( 'admin_init', __NAMESPACE__ . '\register_settings' );
add_action( 'admin_notices', __NAMESPACE__ . '\remind_of_settings' );
add_filter( 'plugin_action_links_' . plugin_basename( __FILE__ ), __NAMESPACE__ . '\with_settings_link' );
add_action( 'enqueue_block_editor_assets', __NAMESPACE__ . '\add_block_texts' );
add_action( 'enqueue_block_editor_assets', __NAMESPACE__ . '\add_article_panel' );
add_action( 'add_meta_boxes', __NAMESPACE__ . '\add_article_box' );
add_action( 'save_post', __NAMESPACE__ . '\save_article_box' );
