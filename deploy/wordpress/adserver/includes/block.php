<?php
/**
 * The block, drawn on the server.
 */

namespace Adserver;

function register_block(): void {
	$needs = array( 'wp-blocks', 'wp-block-editor', 'wp-components', 'wp-element' );
	wp_register_script( 'adserver-block', plugins_url( 'block.js', PLUGIN_FILE ), $needs, '0.1.0', true );
	$texts = array(
		'title'      => __( 'Ad slot', 'adserver' ),
		'about'      => __( 'A place for an ad of your ad server', 'adserver' ),
		'name'       => __( 'Slot', 'adserver' ),
		'nameNote'   => __( 'Its name in the inventory, such as top', 'adserver' ),
		'values'     => __( 'Key-values', 'adserver' ),
		'valuesNote' => __( 'For example city=Antalya, keyword=food|sea', 'adserver' ),
		'collapse'   => __( 'When there is no ad', 'adserver' ),
		'default'    => __( 'As the ad server does', 'adserver' ),
		'empty'      => __( 'The place vanishes', 'adserver' ),
		'before'     => __( 'The place opens only for an ad', 'adserver' ),
		'never'      => __( 'The place stays', 'adserver' ),
		'unnamed'    => __( 'Type the slot’s name', 'adserver' ),
	);
	wp_add_inline_script( 'adserver-block', 'window.adserverBlock = ' . wp_json_encode( $texts, JSON_HEX_TAG ) . ';', 'before' );
	$text = array(
		'type'    => 'string',
		'default' => '',
	);
	register_block_type(
		'adserver/slot',
		array(
			'api_version'     => 2,
			'editor_script'   => 'adserver-block',
			'render_callback' => __NAMESPACE__ . '\block_html',
			'attributes'      => array(
				'name'     => $text,
				'values'   => $text,
				'collapse' => $text,
			),
		)
	);
}

function block_html( $attributes ): string {
	return slot_html( (string) $attributes['name'], read_key_values( (string) $attributes['values'] ), (string) $attributes['collapse'] );
}
