<?php
/**
 * The editor's box that switches an article's ads off.
 */

namespace Adserver;

const NONCE = 'adserver_article';

function add_article_box(): void {
	add_meta_box( 'adserver', __( 'Ads', 'adserver' ), __NAMESPACE__ . '\article_box', array( 'post', 'page' ), 'side' );
}

function article_box( $post ): void {
	wp_nonce_field( NONCE, NONCE );
	printf(
		'<label><input type="checkbox" name="%s" value="1"%s> %s</label>',
		esc_attr( OFF_KEY ),
		checked_attribute( (bool) get_post_meta( $post->ID, OFF_KEY, true ) ), // phpcs:ignore WordPress.Security.EscapeOutput
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
