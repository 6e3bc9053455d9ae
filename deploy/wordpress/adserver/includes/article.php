<?php
/**
 * The editor's switch that takes the ads off an article or page: a panel of the block editor, a box of the classic one.
 */

namespace Adserver;

const NONCE = 'adserver_article';
const TYPES = array( 'post', 'page' );

function register_article_switch(): void {
	foreach ( TYPES as $type ) {
		register_post_meta(
			$type,
			OFF_KEY,
			array(
				'type'          => 'boolean',
				'single'        => true,
				'default'       => false,
				'show_in_rest'  => true,
				'auth_callback' => function ( $allowed, $key, $post_id ) {
					return current_user_can( 'edit_post', $post_id );
				},
			)
		);
	}
}

function add_article_panel(): void {
	$screen = get_current_screen();
	if ( ! $screen || 'post' !== $screen->base || ! in_array( $screen->post_type, TYPES, true ) ) {
		return;
	}
	$needs = array( 'wp-components', 'wp-core-data', 'wp-data', 'wp-edit-post', 'wp-editor', 'wp-element', 'wp-plugins' );
	wp_enqueue_script( 'adserver-article', plugins_url( 'article.js', PLUGIN_FILE ), $needs, VERSION, true );
	$texts = array(
		'key'   => OFF_KEY,
		'title' => __( 'Ads', 'adserver' ),
		'off'   => __( 'No ads on this page', 'adserver' ),
	);
	give_script( 'adserver-article', 'adserverArticle', $texts );
}

function add_article_box(): void {
	$callback = __NAMESPACE__ . '\article_box';
	add_meta_box( 'adserver', __( 'Ads', 'adserver' ), $callback, TYPES, 'side', 'default', array( '__back_compat_meta_box' => true ) );
}

function article_box( $post ): void {
	wp_nonce_field( NONCE, NONCE );
	printf(
		'<label><input type="checkbox" name="%s" value="1"%s> %s</label>',
		esc_attr( OFF_KEY ),
		get_post_meta( $post->ID, OFF_KEY, true ) ? ' checked' : '',
		esc_html__( 'No ads on this page', 'adserver' )
	);
}

function save_article_box( $post_id ): void {
	$nonce = sanitize_text_field( wp_unslash( $_POST[ NONCE ] ?? '' ) );
	if ( ! wp_verify_nonce( $nonce, NONCE ) || ! current_user_can( 'edit_post', $post_id ) || wp_is_post_autosave( $post_id ) ) {
		return;
	}
	if ( empty( $_POST[ OFF_KEY ] ) ) {
		delete_post_meta( $post_id, OFF_KEY );
	} else {
		update_post_meta( $post_id, OFF_KEY, '1' );
	}
}
